import { start } from "./phone.ts";
import { en } from "./texts_en.ts";

void start(en);
