// tesseract on our captchas. Rule: its rate is told; no limit relies on a captcha that machines cannot read (budgets
// count behind it).
import fs from 'node:fs/promises';
import path from 'node:path';
import { Server } from '../support/server.mjs';
import { Browser } from '../outside_client/http.mjs';
import { Report, tool, withFolder, withServer } from './attack.mjs';

export const minutes = 3;
export const packages = ['tesseract-ocr'];

const CAPTCHAS = 300;

export async function run() {
  const report = new Report('tesseract');
  const server = await Server.start();
  await withServer(server, () => withFolder(async (folder) => {
    const wanted = [];
    for (let i = 0; i < CAPTCHAS; i++) {
      const made = (await new Browser(server.origin).call('POST', '/api/v1/captcha')).json;
      const [, kind, octets] = /^data:image\/(\w+)[^,]*;base64,(.*)$/.exec(made.image);
      await fs.writeFile(path.join(folder, `${i}.${kind}`), Buffer.from(octets, 'base64'));
      wanted.push({ file: path.join(folder, `${i}.${kind}`), answer: await server.captchaAnswer(made.id) });
    }
    await fs.writeFile(path.join(folder, 'list'), wanted.map(({ file }) => `${file}\n`).join(''));
    for (const mode of ['7', '8', '13']) {
      const { output } = await tool('tesseract', [path.join(folder, 'list'), path.join(folder, `read${mode}`), '--psm', mode,
        '-c', 'tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'], { within_s: 240, env: { OMP_THREAD_LIMIT: '1' } });
      const pages = (await fs.readFile(path.join(folder, `read${mode}.txt`), 'utf8').catch(() => { throw new Error(output.slice(-500)); })).split('\f');
      const right = wanted.filter(({ answer }, i) => (pages[i] ?? '').replace(/\s/g, '').toUpperCase() === answer.toUpperCase()).length;
      report.line(`mode ${mode}`, pages.length >= CAPTCHAS, `${right} of ${CAPTCHAS} read right (${(100 * right / CAPTCHAS).toFixed(1)} %)`,
        'No rule: the rate is told. A captcha costs a script time; what stops guessing are the budgets behind it.');
    }
  }));
  return report;
}
