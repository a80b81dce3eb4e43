// Registration: number, name and phone, a code to that phone, a password.
import { startCodePage } from "./code_page.ts";
import type { PageTexts } from "./code_texts.ts";

export function start(texts: PageTexts): void {
  startCodePage({ calls: "/api/v1/register", sealed: "registration", password: "password", applicant: true }, texts);
}
