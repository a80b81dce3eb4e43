// The provider's own page for the face check. Closing it proves nothing: the page before asks the server.
const web = /^https:\/\//;
const local = /^http:\/\/localhost(:\d+)?\//;

Component({
  data: { url: "" },
  methods: {
    onLoad(query: { url?: string }) {
      const url = decodeURIComponent(query.url ?? "");
      if (web.test(url) || local.test(url)) this.setData({ url });
      else wx.navigateBack();
    },
  },
});

export {};
