// The shape of what the mini-program says; texts_zh.ts and texts_en.ts fill it in.
import type { PhoneTexts } from "../../phone/texts.ts";

export type ProofingStep = "offer" | "identity" | "statement" | "quick" | "waiting" | "passed" | "failed" | "unavailable";

export interface OwnTexts {
  language: "zh-CN" | "en";
  home: { proofing: string; manage: string; account: string; help: string };
  login: { help: string; listen: string };
  proofing: {
    title: Record<ProofingStep, string>;
    offer: string;
    yes: string;
    no: string;
    identity: string;
    agree: string;
    agree_missing: string;
    next: string;
    read: string;
    unavailable: string;
    statement_yes: string;
    statement_no: string;
    quick: string;
    own: string;
    own_missing: string;
    start: string;
    starting: string;
    waiting: string;
    ask: string;
    passed: string;
    passed_left: string;
    failed: string;
    expired: string;
    again: string;
    back: string;
    desk: string;
    too_old: string;
  };
  provider: { leave: string };
  certificates: { title: string; mine: string; more: string };
  certificate: {
    finger: string;
    finger_words: string; // at most 42 characters (90005)
    no_finger: string;
    to_proofing: string;
    refused: string;
    again_title: string;
    again_text: string;
    go_on: string;
    cancel: string;
    done_title: string;
    done: string;
    look: string;
  };
  scan: { camera_button: string; cancelled: string };
  account: {
    title: string;
    sessions: string;
    none: string;
    methods: Record<string, string>;
    line: string;
    undo: string;
    undo_sure: string;
    undo_yes: string;
    undo_no: string;
    undone: string;
    easy: string;
    easy_on: string;
    easy_off: string;
  };
}

export type MiniTexts = PhoneTexts & Pick<OwnTexts, "language"> & { own: OwnTexts };
