// The one file to change when this is put into another mini-program. `origin` is the public origin of the login server
// exactly as it calls itself (server.public_origin): requests go there, codes of other sites are refused.
export const config = {
  origin: "https://login.example.cn",
};
