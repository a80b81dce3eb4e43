// The phone's own login: number, password, captcha.
import { ApiError, type CaptchaAnswer } from "../core/api.ts";
import { checkNumber, tidyNumber } from "../core/identity.ts";
import { birthDateOf } from "../core/passphrase_rules.ts";
import type { Kind } from "../core/phone_api.ts";
import { el, fill } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { captchaField } from "./captcha_field.ts";
import { field, Form, secretField, type Problem } from "./form.ts";

export function loginView(app: App): Shown {
  const t = app.texts.login;
  const kinds = kindChoice(app);
  const number = field({
    id: "identity_number",
    label: t.number.personal,
    attributes: { autocomplete: "username", autocapitalize: "characters", spellcheck: "false" },
  });
  const password = secretField({ id: "password", label: t.password, attributes: { autocomplete: "current-password" } }, app.texts.secret);
  const captcha = captchaField(app);
  const submit = el("button", { type: "submit", class: "button primary full" }, t.submit);
  const form = new Form(app.texts.problem_title, [number, password, captcha], submit, run);
  form.root.append(kinds.root, number.root, password.root, captcha.root, submit);

  const label = number.root.querySelector("label");
  kinds.root.addEventListener("change", () => label && (label.textContent = t.number[kinds.value()]));
  number.input.addEventListener("change", () => (number.input.value = tidyNumber(number.input.value)));

  function problems(answer: CaptchaAnswer | null): Problem[] {
    const found: Problem[] = [];
    const fault = checkNumber(kinds.value(), number.input.value);
    if (fault) {
      const text = fill(t.fault[fault.fault], { name: t.number[kinds.value()], ...fault });
      found.push({ field: number, text });
    }
    if (password.input.value === "") found.push({ field: password, text: t.password_missing });
    if (answer === null) found.push({ field: captcha, text: t.captcha_missing });
    return found;
  }

  async function run(): Promise<void> {
    number.input.value = tidyNumber(number.input.value);
    password.hide();
    const answered = await captcha.answer();
    if (form.show(problems(answered)) || answered === null) return;
    app.say(t.busy);
    try {
      const answer = await app.phone.api.login({
        device: await app.phone.store.device(),
        kind: kinds.value(),
        identity_number: number.input.value,
        password: password.input.value,
        ...answered,
      });
      const birthDate = birthDateOf(answer.person.kind, number.input.value);
      app.phone.store.saveLogin({ token: answer.token, person: answer.person, birthDate });
      app.phone.api.token = answer.token;
      app.send({ type: "logged_in", person: answer.person, fresh: true });
    } catch (error) {
      app.say("");
      captcha.renew(error instanceof ApiError ? error.captcha : undefined);
      const names = { identity_number: number, password, captcha };
      const fields = error instanceof ApiError ? Object.entries(error.fields) : [];
      const known = fields.map(([name, text]): Problem => ({ field: names[name as keyof typeof names], text }));
      form.show(known.length > 0 ? known : [{ text: app.words(error) }]);
    }
  }

  captcha.renew();
  const wanted = app.flow.wanted ? [el("p", { class: "banner" }, t.wanted)] : [];
  return { title: t.title, body: [...wanted, form.root], leave: captcha.stop };
}

function kindChoice(app: App): { root: HTMLElement; value: () => Kind } {
  const t = app.texts.login;
  const root = el("fieldset", { class: "field kinds" }, el("legend", {}, t.kind));
  for (const kind of ["personal", "corporate"] as const) {
    const input = el("input", { type: "radio", name: "kind", id: `kind-${kind}`, value: kind });
    input.checked = kind === "personal";
    root.append(el("label", {}, input, ` ${t.kinds[kind]}`));
  }
  return { root, value: () => (root.querySelector<HTMLInputElement>("#kind-corporate")?.checked ? "corporate" : "personal") };
}

