import { start } from "./account.ts";

start();
