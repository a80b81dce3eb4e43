import { codeEn } from "./code_en.ts";
import { start } from "./register.ts";

start({ ...codeEn, sent: "A code was sent to {phone}; it is good for 5 minutes. None came? If this number is registered already, log in or reset the password." });
