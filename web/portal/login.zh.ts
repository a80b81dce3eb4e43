import { start } from "./login.ts";

start();
