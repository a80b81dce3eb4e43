// Nothing is asked of the person and nothing is sent when the mini-program opens: the first page does what it needs.
App({});

export {};
