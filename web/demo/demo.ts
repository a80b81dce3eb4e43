import { startDisplay } from "../shell/display.ts";

export function start(): void {
  startDisplay();
}
