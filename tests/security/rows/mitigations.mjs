// security.md 1.5: the mitigations that RFC 10027 (BCP 247, cross-device flows) names.
export const mitigationRows = {
  id: '1.5',
  title: 'RFC 10027 (BCP 247): the seventeen mitigations it names',
  about: 'The RFC asks for a risk assessment and a choice of mitigations; this table is the choice, with what is left out and why.',
  rows: [
    {
      title: 'Establish Proximity',
      does: 'Regions of phone and PC are compared by an offline table; another region or a data centre asks for the typed code. Another network alone never does.',
      tests: ['Establish Proximity: two networks of one region need no code, a data centre does, and an unknown place is no reason',
        'Q3 second transfer: from another region the login needs the code that the phone shows, typed at the PC'],
    },
    {
      title: 'Short-Lived or Timebound Codes',
      does: 'Token 60 s, then 30 s; confirm 300 s after the scan; redeem 60 s after the confirm (docs/protocol.md, section 2).',
      tests: ['F2 Reusable qrcode: each state ends by the clock of the server',
        'Q24 Old QR alive after refresh: the code of before is dead as soon as there is another'],
    },
    {
      title: 'One-Time or Limited Use Codes',
      does: 'One scan, one confirm, one redeem.',
      tests: ['F2 redeem 50 times at once: one session, 49 refusals', 'Q6 confirm 50 times against deny 50 times: one wins, and the redeem agrees with it'],
    },
    {
      title: 'Unique Codes',
      does: 'No token comes twice; a second scan or redeem of one is refused and noted (`authn_token_reuse`).',
      tests: ['F3 Predictable qr_id: ten thousand tokens and short codes have no duplicate, no pattern and nothing to count',
        'AuditEvents.AuthnTokenReuseIsASecondScanAndASecondRedeem'],
    },
    {
      title: 'Content Filtering',
      does: 'Not a server’s: codes that are sent on travel by mail and chat.',
      not_closable: 'operators of mail and chat would have to look for QR codes of logins. Here: codes that live for a minute, and the note on the phone that nobody sends them.',
    },
    {
      title: 'Detect and Remediate',
      does: '“It was not me” on the phone or the account page ends the session at once, and the page it had open.',
      tests: ['Detect and Remediate: "it was not me" on the phone ends the PC session that a ticket opened',
        'LiveSockets.OfAnEndedSessionAreClosedByUndoOnThePhone'],
    },
    {
      title: 'Trusted Devices',
      does: 'A browser that a person has logged in with carries a signed cookie; it has its own budget, and is no condition for a QR login.',
      tests: ['Lockout DoS: who uses up an account keeps its owner out of no browser they know', 'PasswordLimits.GivesADeviceNoBudgetAgainstAnotherPerson'],
      open: 'an allowlist of enrolled PCs is not offered: citizens log in at PCs of offices, libraries and friends, so it would shut out those whom the QR login is for. The typed code by region stands in its place.',
    },
    {
      title: 'Trusted Networks',
      does: 'No network is trusted more than another; data centres are trusted less (typed code).',
      open: 'a list of allowed networks is not offered: people log in from anywhere. An operator who wants one sets it in the proxy in front.',
      tests: ['Establish Proximity: two networks of one region need no code, a data centre does, and an unknown place is no reason'],
    },
    {
      title: 'Limited Scopes',
      does: 'A session says its method, its aal and its person’s level to the platforms behind it; a new password or phone number asks for the old one again.',
      tests: ['AAL of its login: password and SMS are 1, QR is 2, and no call raises it', 'Verify.AsksForALevel',
        'Password change: ends every other session, phones too, and open tickets; this one gets a new value'],
    },
    {
      title: 'Short-Lived Tokens',
      does: 'QR sessions end after 60 idle minutes and 12 hours, unseen ones after a minute.',
      tests: ['Timeouts: idle 30 minutes by password, 60 by QR; use moves the idle end, nothing moves the end after 12 hours',
        'Timeouts: a session whose cookie never came back ends after a minute'],
    },
    {
      title: 'Rate Limits',
      does: 'Seats of an address, scans and missed short codes of a person are counted.',
      tests: ['Q23 Ticket flooding: seats of one address end at their limit, rows do not grow, and another address still gets a code',
        'F3 Predictable qr_id: guesses are all unknown, alike, and end at a budget', 'QrPhone.LimitsScansOfAPerson', 'QrPhone.LimitsShortCodesThatNameNobody'],
    },
    {
      title: 'Sender-Constrained Tokens',
      does: 'The cookie is host-only, HttpOnly, Secure and SameSite; it is not bound to a key of the browser.',
      tests: ['Cookie: opaque, host-only, HttpOnly, SameSite, of the session, and over TLS Secure with its prefix'],
      open: 'browsers have no key to bind a session to yet (DBSC is not deployed), and binding to address or browser name would end sessions of people on mobile networks without stopping who stole a profile.',
    },
    {
      title: 'User Education',
      does: 'The phone says beside the passphrase that nobody of the office ever asks to scan a code, and to refuse one that was sent.',
      tests: ['by the typed code: the PC ends on its account page, method qr, level 3'],
    },
    {
      title: 'User Experience',
      does: 'The phone shows who, where and when before the passphrase; refusing is a button of the same weight, and the focus begins on it.',
      tests: ['Q2 QRLJacking: the phone is shown browser, system, address, place and time of the PC, and signs what it is shown',
        'by the typed code: the PC ends on its account page, method qr, level 3'],
    },
    {
      title: 'Authenticate-then-Initiate',
      does: 'Not offered: the PC says nothing about who will come.',
      open: 'typing a number at the PC first would put it on the screens of libraries and offices and tell an onlooker who is logging in; F6 (nothing personal before the redeem) goes before it. The typed code gives the same binding afterwards.',
    },
    {
      title: 'Request Initiation Verification',
      does: 'The code that the phone shows is typed at the PC (row Q3).',
      tests: ['Q3 second transfer: from another region the login needs the code that the phone shows, typed at the PC',
        'Q3 second transfer: twenty wrong codes at once are three tries'],
    },
    {
      title: 'Request Binding with Out-of-Band Data',
      does: 'Not offered as a value that the person enters at the PC first; the code goes the other way.',
      open: 'it needs the same input at the PC as Authenticate-then-Initiate; the code from the phone (row Q3) binds both ends without it.',
    },
  ],
};
