// The H5 phone page, served at /phone and at /s/TOKEN. No view depends on which: the token only waits for the login.
import { tokenOfPath } from "../core/login_code.ts";
import { next, type Flow } from "../core/phone_flow.ts";
import { startDisplay } from "../shell/display.ts";
import { App, type DrawView } from "./app.ts";
import { certificateView } from "./certificate_view.ts";
import { certificatesView } from "./certificates_view.ts";
import { listenToDemo } from "./demo_bridge.ts";
import { homeView } from "./home_view.ts";
import { loginView } from "./login_view.ts";
import { openingView } from "./opening_view.ts";
import { outcomeView } from "./outcome_view.ts";
import { keepPreferences } from "./preferences.ts";
import { lazyProofingView } from "./lazy_proofing.ts";
import { reviewView } from "./review_view.ts";
import { scanView } from "./scan_view.ts";
import type { PhoneTexts } from "./texts.ts";

const views: Record<Flow["view"]["at"], DrawView> = {
  login: loginView,
  home: homeView,
  certificates: certificatesView,
  certificate: certificateView,
  scan: scanView,
  raise: lazyProofingView,
  proofing: lazyProofingView,
  checking: lazyProofingView,
  opening: openingView,
  review: reviewView,
  outcome: outcomeView,
};

export async function start(texts: PhoneTexts): Promise<void> {
  let app: App | undefined;
  startDisplay(() => void (app && keepPreferences(app)));
  const token = tokenOfPath(location.pathname);
  app = new App(texts, (flow) => views[flow.view.at], token === null ? null : { code: token, typed: false });
  // A server that cannot be asked is no demo; the first view says what is wrong with the network.
  app.demo = await app.phone.api.context().then(({ demo }) => demo === true, () => false);
  if (app.demo) listenToDemo(app);
  // Back from the provider of the face check. Its address says nothing but which one; the server is asked.
  const proofing = new URLSearchParams(location.search).get("proofing");
  if (proofing !== null) {
    history.replaceState(null, "", location.pathname);
    if (app.flow.person !== null) app.flow = next(app.flow, { type: "checking", proofing });
  }
  app.show();
}
