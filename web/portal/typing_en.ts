// What is wrong with a password while it is typed; every page with a password field says the same.
import type { LoginTexts } from "./login_texts.ts";

export const typing: LoginTexts["typing"] = {
  wide: "“{found}” is a full-width character: switch to an English keyboard; it should be “{plain}”",
  chinese: "“{found}” is Chinese punctuation: switch to an English keyboard",
  han: "“{found}” is not on an English keyboard: switch to one",
  space: "There is a space in the password: please check",
  invisible: "There is an invisible character in the password: delete it and type the password by hand",
  special: "“{found}” is not allowed; the special characters are !@#$%^&*",
};
