import { codeZh } from "./code_zh.ts";
import { start } from "./register.ts";

start({ ...codeZh, sent: "验证码已发送到 {phone}，5 分钟内有效。没有收到？如果该证件号码已注册，请直接登录或重置密码。" });
