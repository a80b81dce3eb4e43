// What is wrong with a password while it is typed; every page with a password field says the same.
import type { LoginTexts } from "./login_texts.ts";

export const typing: LoginTexts["typing"] = {
  wide: "“{found}”是全角字符，请切换到英文输入法，应为“{plain}”",
  chinese: "“{found}”是中文标点，请切换到英文输入法",
  han: "“{found}”不是英文字符，请切换到英文输入法",
  space: "密码中有空格，请检查",
  invisible: "密码中有看不见的字符，请删除后手动输入",
  special: "密码中不能有“{found}”，特殊字符只能用 !@#$%^&*",
};
