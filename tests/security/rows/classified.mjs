// security.md 5.1: GB/T 22239-2019, level 3, 安全计算环境 8.1.4.
const AAL = 'AAL of its login: password and SMS are 1, QR is 2, and no call raises it';

export const classifiedRows = {
  id: '5.1',
  title: 'GB/T 22239-2019 level 3 (等保2.0), 安全计算环境',
  rows: [
    {
      title: '身份鉴别 a) 标识唯一、复杂度、定期更换',
      does: 'One account for a number of its kind; the policy `djcp` for complexity and, after 90 days, a new password.',
      tests: ['身份鉴别 a: one number is one account; a second registration looks the same and tells the owner',
        'Password policy, 等保 mode: three of four classes, and a password of an older policy is changed at the login',
        'Password policy, 等保 mode: after 90 days a right password must be changed, and the old one is no new one',
        'PasswordAge.IsNinetyDaysInDjcp', 'PasswordAge.BeginsAnewWithAResetThatNeedsNoCaptchaButANewPassword'],
    },
    {
      title: '身份鉴别 b) 登录失败处理',
      does: 'Counts, growing waits, idle and absolute ends, live sockets closed (sections 2 and 4).',
      tests: ['Online guessing: ten tries, then 429 with growing waits, and after a hundred not even the right password',
        'Timeouts: idle 30 minutes by password, 60 by QR; use moves the idle end, nothing moves the end after 12 hours',
        'LiveSockets.OfAnEndedSessionAreClosedAtLogout'],
    },
    {
      title: '身份鉴别 c) 远程管理防窃听',
      does: 'There is no remote administration: operators use commands on the machine; the admin listener is on loopback and changes nothing.',
      tests: ['远程管理: the admin listener is on loopback only, changes nothing and names nobody', 'ConfigRules.WantTlsWhereBrowsersSpeakIt'],
    },
    {
      title: '身份鉴别 d) 两种或两种以上组合，其一密码技术',
      does: 'The QR login is an SM2 signature by a key on the phone, unlocked by a passphrase: two factors, one of them cryptographic (aal 2). Password or text alone is aal 1 and says so to platforms.',
      tests: [AAL, 'Q8 Level gate only in the UI: level 2, no certificate, an ended one and a foreign one are refused at every step',
        'Verify.TellsAProxyWhoIsThere'],
    },
    {
      title: '访问控制: 无默认账户、最小权限、权限分离',
      does: 'A fresh installation knows nobody; operators have no account in the server; what raises a level at the desk takes two of them; the run role of the database has no DDL.',
      tests: ['访问控制: a fresh installation knows nobody, has no default account and no door for operators',
        'a level is raised without a face when a second operator approves', 'who opened a case cannot decide it, capitals or not',
        'the private PostgreSQL is used by its run role only, which cannot change the schema',
        'RunRole.CanAddAuditEvidenceAndConsentsButNeitherChangeNorDeleteThem'],
    },
    {
      title: '安全审计',
      does: 'Append-only rows, chained by one sealer; `qrgate audit verify` finds a changed or missing row; kept 180 days at least; a row is written in the transaction of what it tells.',
      tests: ['PasswordLogin.WritesAnAuditRowForEveryDecision',
        '安全审计: a changed row is found and named', '安全审计: a missing row is found and named', '安全审计: a cut-off end is found against what the node has seen',
        '安全审计: the application cannot change or remove a row by itself', 'PgAuditLedgerTest.WritersDoNotWaitForTheSealer',
        'PgAuditLedgerTest.HalfAYearIsKeptWhateverIsAskedFor', '安全审计: the chain goes on after the server was killed',
          '安全审计: while the sealer hangs people log in, what they did waits, and is sealed afterwards',
          '安全审计: nobody logs in where the audit cannot be written'],
    },
    {
      title: '入侵防范: 数据有效性检验',
      does: 'Strict shapes for every body, form, cookie, token and signature; fuzzed.',
      tests: ['SQL injection and type confusion: only well-formed JSON of the documented types is looked at',
        'HTTP framing: what a proxy could read otherwise than we do is refused and the connection closed',
        'Q14 Encoding and malleability: one strict DER encoding is taken, every other spelling of a right signature refused',
        'fuzz_body_reader', 'fuzz_headers', 'fuzz_token'],
    },
    {
      title: '数据完整性与保密性',
      does: 'Numbers, names and phones are sealed with SM4 and HMAC-SM3, bound to their row; passwords are hashed; TLS outside.',
      tests: ['Storage: no code and no phone number is in the database in clear, and codes that are over are purged',
        'SealedField.IsRefusedWhenAnyOctetIsChanged', 'SealedField.OpensInNoOtherTableColumnOrRow',
        '数据保密性: a dump of the whole database holds no clear number, phone, name, password, code or session'],
    },
    {
      title: '剩余信息保护',
      does: 'Passwords and keys are wiped after use; core dumps are off; codes are purged.',
      tests: ['Wiping.LeavesNothing', 'StorageContract.PurgingTakesTheDeadAndLeavesTheLiving',
        '剩余信息保护: no password and no cookie of a session is left in memory after logins', "no core file can be written, and the process is nobody's to look into"],
    },
    {
      title: '个人信息保护',
      does: 'The PC is told masked values; each side what it needs; no face picture is stored, only the verdict of a check.',
      tests: ['个人信息保护: each side is told what it needs: masked on the PC, nothing of others, no more before the login',
        'F6 Sensitive data leakage: no frame and no answer before the redeem says who it is; afterwards what is masked',
        'OwnAccountAttacks.AnotherPersonsLoginCertificateAndSessionAreNotFoundAndStay'],
    },
  ],
};
