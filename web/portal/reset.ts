// Forgotten password: the number (or the ticket that the login page left), a code to the phone on record, a new password.
import { startCodePage } from "./code_page.ts";
import type { PageTexts } from "./code_texts.ts";
import { dropResetTicket, resetTicket } from "./reset_ticket.ts";

export function start(texts: PageTexts): void {
  startCodePage(
    { calls: "/api/v1/password/reset", sealed: "reset", password: "new_password", applicant: false, ticket: resetTicket, over: dropResetTicket },
    texts,
  );
}
