// The catalogue of the checklist (security.md 1.2 to 1.5, 2, 3, 4, 5.1): for each row what this server does, and the names of
// the tests that show it, as they stand in the runner's result files. `open` says why a row is open, `not_closable` what lowers
// a threat that no server can end.
import { paperRows } from './qr_paper.mjs';
import { furtherRows } from './qr_further.mjs';
import { mitigationRows } from './mitigations.mjs';
import { passwordRows, smsRows } from './doors.mjs';
import { surfaceRows } from './surface.mjs';
import { classifiedRows } from './classified.mjs';

export const sections = [...paperRows, furtherRows, mitigationRows, passwordRows, smsRows, surfaceRows, classifiedRows];
