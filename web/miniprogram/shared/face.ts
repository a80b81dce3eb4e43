// Where the face is checked: WeChat's own check for a provider that names one of its sessions, the provider's page for
// all others. Neither says what came of it: the result is asked from the server, whatever the phone was told.
const wechatSession = /^wechat:([\w-]{1,128})$/;

// true: the check happened here and is over; false: the provider's page was opened.
export async function openFaceCheck(proofing: { url: string }): Promise<boolean> {
  const verifyId = wechatSession.exec(proofing.url)?.[1];
  if (verifyId === undefined) {
    wx.navigateTo({ url: `/pages/provider/provider?url=${encodeURIComponent(proofing.url)}` });
    return false;
  }
  if (typeof wx.requestFacialVerify !== "function") throw new FaceCheckMissing();
  await new Promise<void>((resolve) => wx.requestFacialVerify({ verifyId, complete: () => resolve() }));
  return true;
}

export class FaceCheckMissing extends Error {
  override name = "FaceCheckMissing";
}
