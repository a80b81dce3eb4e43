// What the pages of raising the level say. The statements' own words come from the server, with their versions.
import type { Proofing } from "../core/phone_api.ts";

export interface ProofingTexts {
  loading: string;
  again: string;
  home: string;
  without_face: string;
  unavailable: string;
  raise: { title: string; text: string; yes: string; no: string; ended: string };
  identity: {
    title: string;
    name: string;
    number: string;
    agree: string;
    read: string;
    need: string;
    next: string;
  };
  statement: { agree: string; disagree: string; close: string; declined: string };
  verify: { title: string; text: string; steps: string[]; start: string; back: string };
  declare: { title: string; text: string; agree: string; read: string; need: string; start: string; busy: string };
  checking: {
    waiting: string;
    waiting_text: string;
    title: Record<Exclude<Proofing["state"], "open">, string>;
    passed: string;
    countdown: string;
    stay: string;
    back: string;
    failed: Record<string, string>;
    expired: string;
    retry: string;
  };
}
