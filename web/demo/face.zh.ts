import { start } from "./face.ts";

start("没有送达，请再按一次。");
