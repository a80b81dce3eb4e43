// docs/attackers.md out of the reports of a run.
const RULES = {
  slow_http: 'a whole login beside it takes under a second (or thrice what it takes alone); every connection is cut at its deadline; one address gets no more connections than it may have',
  guessing: 'no more guesses are evaluated, by the audit, than budgets allow; the right password at the list’s end is not found; the owner’s browser still gets in',
  sql_injection: 'nothing is found; PostgreSQL’s log of all statements has one text for each name, and no word of a client in any',
  scanners: 'no finding that is not explained; no path answers but documented ones; no 5xx; no product or version in a banner',
  load: 'memory and descriptors stay on a level; no 5xx but 503',
  tls: 'nothing of severity LOW or worse but what belongs to the test’s own certificate',
  captcha_ocr: 'none: the rate is told; limits do not rely on captchas',
};

export function page(reports) {
  const out = ['# Attackers from packages', '',
    '<!-- Written by tests/attackers/run.mjs --page; do not edit. -->', '',
    'Debian’s attack tools against the release binary, each against a server of its own, on 127.0.0.1, bounded in time.',
    '`./test --long --only attackers` runs them; how: [developing](developing.md). A rule is what must hold; one that does not is a failed row.', ''];
  for (const { name, versions, took_s, lines } of reports) {
    out.push(`## ${name}`, '', `${versions.join(', ')}; ${(took_s / 60).toFixed(1)} min. Rule: ${RULES[name]}.`, '',
      '| stage | result | figures |', '|---|---|---|');
    for (const { stage, pass, figures } of lines) out.push(`| ${stage} | ${pass ? 'passed' : '**failed**'} | ${figures.replaceAll('|', '\\|')} |`);
    const explained = [...new Set(lines.map((line) => line.explained).filter(Boolean))];
    out.push('', ...explained.flatMap((text) => [text, '']));
  }
  return `${out.join('\n').trimEnd()}\n`;
}
