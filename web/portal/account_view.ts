// Draws the session and the list of sessions of the account page.
import type { Person } from "../core/api.ts";
import { byId, el, fill } from "../shell/dom.ts";

export type Method = "password" | "sms" | "qr";

export interface OwnSession {
  person: Person;
  method: Method;
  aal: number;
  expires_at: string;
}

export interface SessionRow {
  id: string;
  current: boolean;
  method: Method;
  opened_at: string;
  last_used_at?: string;
  address?: string;
  browser?: string;
  place?: string;
}

export interface DeviceTexts {
  name: string;
  kind: string;
  kinds: Record<Person["kind"], string>;
  level: string;
  levels: string[];
  method: string;
  methods: Record<Method, string>;
  ends: string;
  this_one: string;
  since: string;
  last: string;
  from: string;
  unknown_browser: string;
  end: string;
  end_label: string;
}

export function shortTime(time: string): string {
  const options: Intl.DateTimeFormatOptions = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" };
  return new Date(time).toLocaleString(document.documentElement.lang, options);
}

export function drawSession({ person, method, expires_at }: OwnSession, texts: DeviceTexts): void {
  const rows: [string, string][] = [
    [texts.name, person.name_masked],
    [texts.kind, texts.kinds[person.kind]],
    [texts.level, texts.levels[person.level] ?? String(person.level)],
    [texts.method, texts.methods[method]],
  ];
  byId("session").replaceChildren(
    ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
    el("dt", {}, texts.ends),
    el("dd", { id: "ends", "data-time": expires_at }, el("time", { datetime: expires_at }, shortTime(expires_at))),
  );
}

export function drawSessions(sessions: SessionRow[], texts: DeviceTexts, end: (row: SessionRow) => void): void {
  byId("sessions").replaceChildren(...sessions.map((row) => sessionItem(row, texts, end)));
}

function sessionItem(row: SessionRow, texts: DeviceTexts, end: (row: SessionRow) => void): Node {
  const browser = row.browser || texts.unknown_browser;
  const opened = shortTime(row.opened_at);
  const lines = [fill(texts.since, { method: texts.methods[row.method] ?? row.method, time: opened })];
  if (row.address) lines.push(row.place ? fill(texts.from, { place: row.place, address: row.address }) : row.address);
  if (row.last_used_at) lines.push(fill(texts.last, { time: shortTime(row.last_used_at) }));
  const item = el("li", {},
    el("p", {}, el("strong", {}, row.current ? `${browser} · ${texts.this_one}` : browser)),
    ...lines.map((line) => el("p", { class: "note" }, line)),
  );
  if (row.current) return item;
  const button = el("button", { type: "button", class: "button", "aria-label": fill(texts.end_label, { browser, time: opened }) }, texts.end);
  button.addEventListener("click", () => end(row));
  item.append(button);
  return item;
}
