import type { ProofingTexts } from "./proofing_texts.ts";
import { proofingView } from "./proofing_views.ts";

const texts: ProofingTexts = {
  loading: "正在读取，请稍候",
  again: "重新读取",
  home: "返回",
  without_face: "不方便刷脸？可到服务窗口办理：工作人员核对身份后，不用刷脸也能提升等级。也可以拨打 4000511818。",
  unavailable: "现在不能在手机上做刷脸认证。请到服务窗口办理，或拨打 4000511818。",
  raise: {
    title: "提升用户等级",
    text: "您现在的用户等级是 L{level}。完成刷脸认证后提升到 L3，就可以用手机验证码登录；再下载证书，就可以扫码登录。大约需要两分钟。",
    yes: "好的，进入刷脸认证",
    no: "不，仍用账户、密码登录",
    ended: "没有进行刷脸认证，您可以继续用账户、密码登录。以后想提升等级，在这里随时可以办理。",
  },
  identity: {
    title: "本人身份信息",
    name: "姓名",
    number: "证件号码",
    agree: "我已阅读并同意《个人生物识别信息保护声明、用户服务协议、个人信息保护政策》",
    read: "阅读《{title}》",
    need: "请先阅读，并勾选“我已阅读并同意”",
    next: "下一步",
  },
  statement: {
    agree: "同意",
    disagree: "不同意",
    close: "关闭",
    declined: "您没有同意，没有进行刷脸认证，也没有记录任何信息。您可以继续用账户、密码登录，或到服务窗口办理。",
  },
  verify: {
    title: "用户身份认证",
    text: "接下来由身份核验服务机构核验您本人。",
    steps: ["请在光线充足的地方。", "摘下帽子、墨镜和口罩。", "人脸面向屏幕，按页面提示操作。"],
    start: "快速验证",
    back: "返回上一步",
  },
  declare: {
    title: "本人操作声明",
    text: "请确保是您本人操作。请不要替别人刷脸，也不要让别人用您的手机替您刷脸。",
    agree: "本人操作，并已阅读、同意《个人信息处理规则》",
    read: "阅读《{title}》",
    need: "请先阅读，并勾选“本人操作”",
    start: "开始刷脸认证",
    busy: "正在进入刷脸页面，请稍候",
  },
  checking: {
    waiting: "正在等待核验结果",
    waiting_text: "核验服务机构会把结果直接告诉我们，通常几秒内完成。如果您还没有做完刷脸，可以重新开始。",
    title: { passed: "核验成功", failed: "核验未通过", expired: "核验已过期" },
    passed: "用户等级已提升至 L3，可以使用手机验证码登录。如要扫码登录，请在“证书管理”中下载证书。",
    countdown: "{n} 秒后自动返回首页",
    stay: "停止读秒，留在此页",
    back: "返回",
    failed: {
      "": "没有能确认是您本人，用户等级没有改变。",
      mismatch: "人脸与身份信息没有对上，用户等级没有改变。请在光线充足处摘下帽子、眼镜再试一次。",
      no_face: "没有看清人脸，用户等级没有改变。请人脸面向屏幕再试一次。",
      liveness: "没有能确认是您本人在操作，用户等级没有改变。请按页面提示再试一次。",
      cancelled: "您中途退出了刷脸，用户等级没有改变。",
      timeout: "刷脸用时太长，用户等级没有改变。请再试一次。",
    },
    expired: "这次核验的时间已过，用户等级没有改变。请重新开始。",
    retry: "重新开始",
  },
};

export const view = proofingView(texts);
