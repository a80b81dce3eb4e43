// What the demo page's script says. The six situations are described here, because the server names them only by key.
export interface DemoTexts {
  fill: string;
  filled: string;
  copy: string;
  copied: string;
  copy_failed: string;
  number: string;
  phone: string;
  password: string;
  level: string;
  kinds: Record<"personal" | "corporate", string>;
  shows: Record<string, string>;
  handed_over: string;
  no_code: string;
  new_message: string;
  fill_sms: string;
  done: string;
  moved: string;
  failed: string;
  steps_s: [seconds: number, label: string][];
}

export const zh: DemoTexts = {
  fill: "用此人登录手机",
  filled: "手机已填好号码和密码，请在手机里填验证码并按登录。",
  copy: "复制",
  copied: "已复制",
  copy_failed: "浏览器不允许复制，请手动选取",
  number: "号码",
  phone: "手机号",
  password: "密码",
  level: "等级",
  kinds: { personal: "个人", corporate: "企业" },
  shows: {
    lin: "一切正常",
    hao: "号码末位是 X；等级不够，不能用短信和扫码登录",
    zhao: "一个手机号绑定两个人，不能用短信登录",
    qian: "与 zhao 共用手机号的另一个人",
    sun: "旧系统的密码，正确但不够强，要先重设",
    gongsi: "企业登录",
  },
  handed_over: "手机已读到电脑上的登录码。",
  no_code: "电脑上现在没有登录码。请按“重新打开登录页”，等二维码出现后再试。",
  new_message: "收到新短信",
  fill_sms: "填入手机",
  done: "已完成",
  moved: "时钟已前进 {n} 秒。",
  failed: "没有成功，请检查服务器是否以演示方式运行。",
  steps_s: [[30, "前进 30 秒"], [60, "前进 1 分钟"], [300, "前进 5 分钟"], [3600, "前进 1 小时"]],
};

export const en: DemoTexts = {
  fill: "Log the phone in as this person",
  filled: "The phone has number and password. Fill in the verification code there and press Log in.",
  copy: "Copy",
  copied: "Copied",
  copy_failed: "The browser does not allow copying; please select the text",
  number: "Number",
  phone: "Phone",
  password: "Password",
  level: "Level",
  kinds: { personal: "person", corporate: "company" },
  shows: {
    lin: "everything works",
    hao: "a number that ends in X; level too low for SMS and QR login",
    zhao: "one phone number, two people: no SMS login",
    qian: "the other person with zhao's phone number",
    sun: "a password from an old system: right, but too weak, so it must be reset",
    gongsi: "a company logs in",
  },
  handed_over: "The phone has read the computer's code.",
  no_code: "The computer shows no code now. Press “Open the login page again”, wait for the QR code, then try again.",
  new_message: "A new message has arrived",
  fill_sms: "Put into the phone",
  done: "done",
  moved: "The clock moved {n} seconds.",
  failed: "That did not work. Is the server running in demo mode?",
  steps_s: [[30, "30 seconds"], [60, "1 minute"], [300, "5 minutes"], [3600, "1 hour"]],
};
