// What a page keeps beside its data: timers to end, answers on their way. One for each living page.
export function perPage<T>(make: () => T): (page: object) => T {
  const kept = new WeakMap<object, T>();
  return (page) => {
    const known = kept.get(page);
    if (known !== undefined) return known;
    const made = make();
    kept.set(page, made);
    return made;
  };
}

export type Input = WechatMiniprogram.Input<{ name?: string }, { name?: string }>;
export type Tap = WechatMiniprogram.TouchEvent<Record<string, never>, Record<string, never>, Record<string, string>>;

// For people who hear the screen: what changed, said once. WeChat has no live regions everywhere, so it is also shown.
export function toast(title: string): void {
  wx.showToast({ title, icon: "none", duration: 3000 });
}
