// The simulated provider's page: two buttons for the verdict, then back to the phone page that sent us here.
import { request } from "../core/api.ts";
import { startDisplay } from "../shell/display.ts";
import { byId } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";

export function start(failed: string): void {
  startDisplay();
  const id = location.pathname.split("/").pop() ?? "";

  async function decide(result: "passed" | "failed"): Promise<void> {
    try {
      await request(fetchSend, { method: "POST", path: `/demo/proofing/${id}`, body: { result } });
      location.assign(`/phone?proofing=${id}`);
    } catch {
      byId("problem").textContent = failed;
    }
  }
  byId("pass").addEventListener("click", () => void decide("passed"));
  byId("fail").addEventListener("click", () => void decide("failed"));
}
