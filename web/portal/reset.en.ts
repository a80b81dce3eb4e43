import { codeEn } from "./code_en.ts";
import { start } from "./reset.ts";

start({ ...codeEn, sent: "If this number is registered, a code was sent to its phone; it is good for 5 minutes. You no longer have that phone? Call 4000511818." });
