// security.md 1.2 and 1.3: the six flaws of the USENIX Security 2025 study of QR logins, and its five attacks.
const F1 = 'F1 Unbound session_id: who only knows the ticket gets the octets of a random one, in every state';
const F2_STATES = 'F2 Reusable qrcode: redeemed, denied and expired tickets take no scan, no confirm and no redeem';
const F2_RACE = 'F2 redeem 50 times at once: one session, 49 refusals';
const F3 = 'F3 Predictable qr_id: guesses are all unknown, alike, and end at a budget';

export const paperRows = [
  {
    id: '1.2',
    title: 'The six flaws of the USENIX Security 2025 study',
    about: 'The six flaws by which 43 % of the tested sites could be attacked, under the names of the authors’ own artifact.',
    rows: [
      {
        id: 'F1', title: 'Unbound session_id',
        does: 'A ticket belongs to the pre-session (a secret cookie of 256 bits) of the browser that opened it. No call names a ticket: it is always the one of the caller’s pre-session, so who only knows the token gets the same octets as for a random one.',
        tests: [F1, 'QrPaperFlaws.F1UnboundSessionId'],
      },
      {
        id: 'F2', title: 'Reusable qrcode',
        does: 'Each transition is one guarded statement; final states are final; every state ends by the server’s clock. One redeem of a confirmed ticket succeeds, whatever else arrives beside it.',
        tests: [F2_RACE, F2_STATES, 'F2 Reusable qrcode: each state ends by the clock of the server', 'QrPaperFlaws.F2ReusableQrCodeDoubleLogin',
          'StorageContract.ParallelRedeemsOpenOneSession'],
      },
      {
        id: 'F3', title: 'Predictable qr_id',
        does: 'A token is node, key and expiry, then randomness and a MAC, at least 128 bits that cannot be guessed. Unknown ones are answered alike, and a person’s scans are counted.',
        tests: ['F3 Predictable qr_id: ten thousand tokens and short codes have no duplicate, no pattern and nothing to count', F3,
          'QrPaperFlaws.F3PredictableQrIdBruteForceLogin', 'Token.NeverComesTwice'],
      },
      {
        id: 'F4', title: 'Controllable qr_id',
        does: 'Tokens are made by the server alone. Unknown keys are refused; what a browser says about a ticket in a query, header or cookie is not looked at.',
        tests: ['F4 Controllable qr_id: what a browser says about the ticket, its time or its person is refused or not looked at',
          'QrPaperFlaws.F4ControllableQrId'],
      },
      {
        id: 'F5', title: 'Invalid token validation',
        does: 'Who confirms is said by the phone’s own token and a certificate of that same person, with a signature over the server’s own text; no field of a body names a person.',
        tests: ['F5 Invalid token validation: only the token of a phone and its own certificate say who confirms',
          'QrPaperFlaws.F5InvalidTokenValidationUniversalAccountTakeover'],
      },
      {
        id: 'F6', title: 'Sensitive data leakage',
        does: 'Before the redeem the browser hears a state word and nothing else; afterwards names and numbers are masked.',
        tests: ['F6 Sensitive data leakage: no frame and no answer before the redeem says who it is; afterwards what is masked',
          'QrPaperFlaws.F6SensitiveDataLeakage'],
      },
    ],
  },
  {
    id: '1.3',
    title: 'The five attacks of the study, from end to end',
    rows: [
      {
        title: 'Authorization Hijacking',
        does: 'An attacker who knows the victim’s code, before, beside and after the victim, gets no state, no frame and no cookie.',
        tests: ['Authorization Hijacking: an attacker before, beside and after the victim gets no state, no frame and no cookie', F1],
      },
      {
        title: 'Double Login',
        does: 'After the login the ticket and the pre-session are over; another tab is told so.',
        tests: ['Double Login: after the login the same ticket opens nothing, and another tab is told so', F2_RACE],
      },
      {
        title: 'Brute-force Login',
        does: 'Guessed tokens hit nothing, and guessing ends at a budget; others log in meanwhile.',
        tests: ['Brute-force Login: guesses at ten live tickets hit none, and another person still logs in', F3],
      },
      {
        title: 'Universal Account Takeover',
        does: 'Foreign fields, foreign, home-made or missing certificates and signatures confirm nothing; the refusal is in the audit.',
        tests: ['Universal Account Takeover: a foreign, unsigned or home-made certificate confirms nothing, and the audit says so',
          'QrPaperFlaws.F5InvalidTokenValidationUniversalAccountTakeover'],
      },
      {
        title: 'Privacy Abuse',
        does: 'Who watches a ticket learns that it was scanned, and nothing of who scanned it.',
        tests: ['Privacy Abuse: who watches a ticket that somebody scans learns nothing of them', 'QrPaperFlaws.F6SensitiveDataLeakage'],
      },
    ],
  },
];
