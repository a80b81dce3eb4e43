// How long a fault lasts: short where every change waits for it, as the checklist says it in `./test --long`.
export const LONG = process.env.QRGATE_LONG === '1';
export const longer = (usual, long) => (LONG ? long : usual);
