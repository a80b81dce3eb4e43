// testssl.sh on the server's own TLS. Rule: nothing of severity LOW or worse but what belongs to a certificate that the
// test made itself. It asks nobody outside: --phone-out stays off.
import fs from 'node:fs/promises';
import path from 'node:path';
import { Server } from '../support/server.mjs';
import { makeTlsCertificate } from '../support/tls_certificate.mjs';
import { Report, tool, withFolder, withServer } from './attack.mjs';

export const minutes = 6;
export const packages = ['testssl.sh'];

const WITHIN_S = 1500;
// Of the certificate, which a CA will make and we do not; of the header, which depends on the operator.
const EXPLAINED = [
  [/^(cert_chain_of_trust|cert_trust|cert_caIssuers|cert_crlDistributionPoints|cert_ocspURL|cert_revocation|OCSP_stapling|DNS_CAArecord|cert_commonName|cert_certificatePolicies_EV|cert_expirationStatus|cert_extlifeSpan|cert_validityPeriod|CT|certificate_transparency|cert_mustStapleExtension)/,
    'of the self-signed certificate of this test'],
  [/^BREACH$/, 'only files that the build compressed are sent compressed: they hold nothing of a person and nothing that was typed (BREACH needs both). ' +
    'The page that repeats what was typed goes out uncompressed'],
];
const BAD = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

export async function run() {
  const report = new Report('testssl.sh');
  await withFolder(async (folder) => {
    makeTlsCertificate(folder, 'localhost');
    const server = await Server.start(undefined, { words: ['serve', '--set', `tls.certificate=${folder}/tls.crt`, '--set', `tls.key=${folder}/tls.key`,
      '--set', 'server.public_origin=https://localhost'] });
    await withServer(server, async () => {
      const file = path.join(folder, 'out.json');
      const { output, late, took_s } = await tool('testssl', ['--quiet', '--color', '0', '--warnings', 'batch', '--jsonfile', file, '--openssl-timeout', '10',
        '--connect-timeout', '10', '--ip', '127.0.0.1', `https://localhost:${server.port}/login`], { within_s: WITHIN_S, cwd: folder, env: { HOME: folder } });
      const rows = JSON.parse(await fs.readFile(file, 'utf8').catch(() => { throw new Error(output.slice(-800)); }));
      const bad = rows.filter(({ severity }) => BAD.includes(severity));
      const open = bad.filter(({ id }) => !EXPLAINED.some(([pattern]) => pattern.test(id)));
      for (const { id, severity, finding } of open) console.log(`  testssl ${severity} ${id}: ${finding}`);
          const protocols = rows.filter(({ id, finding }) => /^(SSLv|TLS1)/.test(id) && /^offered/.test(finding)).map(({ id }) => id.replace('_', '.'));
      report.line('all checks', !late && open.length === 0 && rows.length > 50,
        `${rows.length} checks, ${bad.length} LOW or worse, ${open.length} not explained; offered: ${protocols.join(', ')}; ${took_s.toFixed(0)} s`,
        [...new Set(bad.map(({ id }) => EXPLAINED.find(([pattern]) => pattern.test(id))).filter(Boolean).map(([, why]) => why))].join('; '));
    });
  });
  return report;
}
