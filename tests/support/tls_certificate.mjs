import { execFileSync } from 'node:child_process';
import path from 'node:path';

// A self-signed certificate for localhost, tls.crt and tls.key in this folder. `name`: its CN.
export function makeTlsCertificate(folder, name) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost', '-days', '90',
    '-keyout', path.join(folder, 'tls.key'), '-out', path.join(folder, 'tls.crt')], { stdio: 'ignore' });
}
