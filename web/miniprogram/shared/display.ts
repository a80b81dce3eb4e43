// How large things are drawn: WeChat's own font size, and 大字 kept here. Sizes in app.wxss are `em`, so one number on
// the page's root moves them all; from care-mode sizes on, targets are 60 px.
const name = "qrgate.easy";
const base_px = 18;
const easy_factor = 1.5;
const care_factor = 1.25;

export interface Display {
  page_class: string;
  page_style: string;
  easy: boolean; // 大字, chosen here
}

export function isEasy(): boolean {
  return wx.getStorageSync(name) === "1";
}

export function setEasy(easy: boolean): void {
  wx.setStorageSync(name, easy ? "1" : "0");
}

function fontFactor(): number {
  const told = typeof wx.getAppBaseInfo === "function" ? wx.getAppBaseInfo().fontSizeScaleFactor : 1;
  return typeof told === "number" && told >= 0.8 && told <= 3 ? told : 1;
}

export function display(): Display {
  const easy = isEasy();
  // Not multiplied: who has set WeChat to its largest does not get half as much again.
  const factor = Math.max(fontFactor(), easy ? easy_factor : 1);
  return {
    page_class: factor >= care_factor ? "page easy" : "page",
    page_style: `font-size:${Math.round(base_px * factor)}px`,
    easy,
  };
}
