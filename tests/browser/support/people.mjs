// The people of the demo mode, as docs/protocol.md section 8 lists them.
export { people } from '../../outside_client/demo.mjs';
