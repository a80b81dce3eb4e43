// Display choices that follow the account: read after a login and written down on this device, changed here or with the
// buttons of the page's head.
import { choose, isBig, isChosen, rememberLanguage } from "../shell/display.ts";
import { byId, el } from "../shell/dom.ts";
import { call } from "./account_call.ts";

type Language = "" | "zh" | "en";

interface Preferences {
  easy: boolean;
  contrast: boolean;
  language: Language;
}

export interface PreferenceTexts {
  easy: string;
  contrast: string;
  language: string;
  languages: Record<Language, string>;
  save: string;
  saved: string;
}

const tags = { zh: "zh-CN", en: "en" };
let language: Language = "";

function shown(): "zh" | "en" {
  return document.documentElement.lang === "en" ? "en" : "zh";
}

// True where the page is about to be drawn again in the account's language.
export async function applyPreferences(): Promise<boolean> {
  const account = await call<Preferences & { chosen: boolean }>("GET", "/api/v1/preferences");
  if (!account.chosen) return false;
  language = account.language;
  choose("big", account.easy);
  choose("contrast", account.contrast);
  byId<HTMLInputElement>("pref-easy").checked = account.easy;
  byId<HTMLInputElement>("pref-contrast").checked = account.contrast;
  byId<HTMLInputElement>(`pref-language-${language}`).checked = true;
  return show(language);
}

function show(wanted: Language): boolean {
  if (wanted === "") return false;
  rememberLanguage(tags[wanted]);
  // Where cookies are off the page stays as it is; ?lang= is what somebody asked for just now.
  const kept = document.cookie.includes(`qrgate-lang=${tags[wanted]}`);
  if (wanted === shown() || !kept || new URLSearchParams(location.search).has("lang")) return false;
  location.replace(location.pathname);
  return true;
}

function save(): Promise<null> {
  const body: Preferences = { easy: isBig(), contrast: isChosen("contrast"), language };
  return call("PUT", "/api/v1/preferences", body);
}

// The buttons of the head: applied already, told to the account quietly.
export function headChanged(): void {
  byId<HTMLInputElement>("pref-easy").checked = isBig();
  byId<HTMLInputElement>("pref-contrast").checked = isChosen("contrast");
  void save().catch(() => undefined);
}

export function startPreferences(texts: PreferenceTexts, attempt: (work: () => Promise<void>) => Promise<boolean>, say: (text: string) => void): void {
  const easy = check("checkbox", "pref-easy", texts.easy, isBig());
  const contrast = check("checkbox", "pref-contrast", texts.contrast, isChosen("contrast"));
  const languages = (["", "zh", "en"] as const).map((one) => check("radio", `pref-language-${one}`, texts.languages[one], one === language));
  const form = el("form", {},
    easy.label, contrast.label,
    el("fieldset", { class: "field" }, el("legend", {}, texts.language), ...languages.map(({ label }) => label)),
    el("button", { class: "button primary" }, texts.save),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    language = (["", "zh", "en"] as const).find((_, i) => languages[i]?.input.checked) ?? "";
    choose("big", easy.input.checked);
    choose("contrast", contrast.input.checked);
    void attempt(async () => {
      await save();
      const url = new URL(location.href);
      url.searchParams.delete("lang"); // a choice that is saved is not outvoted by an old link
      history.replaceState(null, "", url);
      if (show(language)) return;
      say(texts.saved);
      byId("display-done").textContent = texts.saved;
    });
  });
  byId("display-form").replaceChildren(form);

  const link = byId<HTMLAnchorElement>("language");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    language = link.lang === "en" ? "en" : "zh";
    void save().catch(() => undefined).then(() => location.assign(link.href));
  });
}

function check(type: "checkbox" | "radio", id: string, text: string, on: boolean) {
  const input = el("input", { type, id, name: type === "radio" ? "pref-language" : id });
  input.checked = on;
  return { input, label: el("label", { class: "choice" }, input, text) };
}
