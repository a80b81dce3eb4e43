// What WeChat gives a mini-program, as far as ours uses it. `answer(call)` plays the server: {method, path, body, token}
// → {status, body}; it may throw for "no network". Navigation is only noted (`went`): who wants it done gives `navigate`.
import crypto from 'node:crypto';

const later = (run) => setTimeout(run, 0);

export function fakeWx({ origin, answer, navigate = {}, soter = [], language = 'zh_CN', scale = 1, kept: before = {} }) {
  const kept = new Map(Object.entries(before));
  const went = [];
  const calls = [];
  const go = (how) => (wish) => {
    went.push(`${how} ${wish?.url ?? ''}`.trim());
    navigate[how]?.(wish?.url);
  };
  const wx = {
    getAppBaseInfo: () => ({ language, fontSizeScaleFactor: scale }),
    getStorageSync: (name) => kept.get(name) ?? '',
    setStorageSync: (name, value) => void kept.set(name, value),
    removeStorageSync: (name) => void kept.delete(name),
    getRandomValues: ({ length, success }) => later(() => success({ randomValues: new Uint8Array(crypto.randomBytes(length)).buffer })),
    request(wish) {
      const path = wish.url.slice(origin.length);
      if (!wish.url.startsWith(`${origin}/`)) throw new Error(`${wish.url} is no address of ${origin}`);
      const call = { method: wish.method, path, header: wish.header, body: wish.data, token: wish.header.Authorization };
      calls.push(call);
      Promise.resolve(call).then(answer).then(
        ({ status, body }) => wish.success({ statusCode: status, data: typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body) }),
        (error) => wish.fail({ errMsg: `request:fail ${error.message}` }),
      );
    },
    reLaunch: go('reLaunch'),
    navigateTo: go('navigateTo'),
    redirectTo: go('redirectTo'),
    navigateBack: go('navigateBack'),
    showToast: ({ title }) => void wx.said.push(title),
    said: [],
    scanned: undefined, // what the camera reads next; undefined: the person closes it
    scanCode(wish) {
      wx.scan_wish = wish;
      later(() => (wx.scanned === undefined ? wish.fail({ errMsg: 'scanCode:fail cancel' }) : wish.success({ result: wx.scanned })));
    },
    login: ({ success }) => later(() => success({ code: 'wechat-login-code' })),
    checkIsSupportSoterAuthentication: ({ success, fail }) => later(() => (soter.length ? success({ supportMode: soter }) : fail({ errCode: 90001 }))),
    checkIsSoterEnrolledInDevice: ({ success }) => later(() => success({ isEnrolled: true })),
    startSoterAuthentication(wish) {
      wx.soter_wish = wish;
      const raw = JSON.stringify({ raw: wish.challenge, fid: '2', counter: 7, uid: '10123' });
      later(() => (wx.soter_refuses ? wish.fail({ errCode: wx.soter_refuses }) : wish.success({ resultJSON: raw, resultJSONSignature: 'c2lnbmVk' })));
    },
  };
  return Object.assign(wx, { kept, went, calls });
}
