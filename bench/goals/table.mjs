// The goals in the order of their lines. A goal is {id, title, goal, measure(run) → verdict}, `goal` being its limits in
// words; what a `run` is: run.mjs.
import { goal as p1 } from './p01_memory.mjs';
import { goal as p2 } from './p02_confirm.mjs';
import { goal as p3 } from './p03_push.mjs';
import { goal as p4 } from './p04_storage.mjs';
import { goal as p5 } from './p05_verify.mjs';
import { goal as p6 } from './p06_password.mjs';
import { goal as p7 } from './p07_flood.mjs';
import { goal as p8 } from './p08_whole_login.mjs';
import { goal as p9 } from './p09_start.mjs';
import { goal as p10 } from './p10_tls.mjs';
import { goal as p11 } from './p11_pages.mjs';
import { goal as wide } from './w_waiting.mjs';

export const goals = [p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, wide];
