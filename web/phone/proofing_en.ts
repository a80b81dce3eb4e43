import type { ProofingTexts } from "./proofing_texts.ts";
import { proofingView } from "./proofing_views.ts";

const texts: ProofingTexts = {
  loading: "Reading, one moment please",
  again: "Read again",
  home: "Back",
  without_face:
    "A face check does not suit you? At the service desk, staff check who you are and raise the level without a face. Or call 4000511818.",
  unavailable: "A face check on the phone is not possible now. Please go to the service desk, or call 4000511818.",
  raise: {
    title: "Raise your user level",
    text: "Your user level is L{level}. After a face check it is L3: then you can log in by SMS code and, with a certificate, by scanning. It takes about two minutes.",
    yes: "Yes, start the face check",
    no: "No, keep logging in with number and password",
    ended: "No face check was made. You can go on logging in with number and password, and raise your level here whenever you like.",
  },
  identity: {
    title: "Your identity",
    name: "Name",
    number: "Identity number",
    agree: "I have read and accept the “Statement on biometric information, Terms of service, Privacy policy”",
    read: "Read the “{title}”",
    need: "Please read them first, and tick “I have read and accept”",
    next: "Next",
  },
  statement: {
    agree: "Accept",
    disagree: "Do not accept",
    close: "Close",
    declined:
      "You did not accept. No face check was made and nothing was recorded. You can go on logging in with number and password, or go to the service desk.",
  },
  verify: {
    title: "Identity check",
    text: "Next, the checking service makes sure that it is you.",
    steps: ["Find a well-lit place.", "Take off hats, sunglasses and masks.", "Face the screen and follow the page."],
    start: "Quick check",
    back: "One step back",
  },
  declare: {
    title: "In person",
    text: "Please do this yourself. Do not do it for others, and do not let anybody do it for you with your phone.",
    agree: "I am doing this myself and accept the “Rules for processing personal information”",
    read: "Read the “{title}”",
    need: "Please read them first, and tick “I am doing this myself”",
    start: "Start the face check",
    busy: "Opening the face check, one moment please",
  },
  checking: {
    waiting: "Waiting for the result",
    waiting_text: "The checking service tells us the result itself, usually within seconds. If you have not finished, you can start again.",
    title: { passed: "Check passed", failed: "Check not passed", expired: "Check expired" },
    passed: "Your user level is L3 now: you can log in by SMS code. To log in by scanning, download a certificate.",
    countdown: "Going back by itself in {n} s",
    stay: "Stop the countdown and stay here",
    back: "Back",
    failed: {
      "": "It could not be confirmed that it is you. Your level has not changed.",
      mismatch: "The face did not match the records. Your level has not changed. Try again in good light, without hat and glasses.",
      no_face: "No face could be seen. Your level has not changed. Face the screen and try again.",
      liveness: "It could not be confirmed that you are there yourself. Your level has not changed. Follow the page and try again.",
      cancelled: "You left the face check. Your level has not changed.",
      timeout: "The face check took too long. Your level has not changed. Please try again.",
    },
    expired: "The time for this check is over. Your level has not changed. Please start again.",
    retry: "Start again",
  },
};

export const view = proofingView(texts);
