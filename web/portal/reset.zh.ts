import { codeZh } from "./code_zh.ts";
import { start } from "./reset.ts";

start({ ...codeZh, sent: "如果该号码已注册，验证码已发送到登记的手机，5 分钟内有效。手机已不用？请拨打 4000511818。" });
