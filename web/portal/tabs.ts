// ARIA tabs with automatic activation: arrows, Home, End. ?tab=NAME opens one and follows the choice, so that a reload
// and the language link keep it.
import { byId } from "../shell/dom.ts";

export function startTabs(names: string[], onOpen: (name: string) => void): void {
  const tabs = names.map((name) => byId(`tab-${name}`));

  function open(name: string, byPerson: boolean): void {
    for (const other of names) {
      const chosen = other === name;
      const tab = byId(`tab-${other}`);
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      byId(`panel-${other}`).hidden = !chosen;
    }
    if (byPerson) {
      const here = new URL(location.href);
      here.searchParams.set("tab", name);
      history.replaceState(null, "", here);
    }
    onOpen(name);
  }

  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => open(names[i] ?? "", true));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: names.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const at = (to + names.length) % names.length;
      tabs[at]?.focus();
      open(names[at] ?? "", true);
    });
  });
  tabs[0]?.parentElement?.removeAttribute("hidden");
  const asked = new URLSearchParams(location.search).get("tab") ?? "";
  open(names.includes(asked) ? asked : (names[0] ?? ""), false);
}
