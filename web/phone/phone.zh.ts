import { start } from "./phone.ts";
import { zh } from "./texts_zh.ts";

void start(zh);
