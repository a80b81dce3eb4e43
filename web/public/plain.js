// For browsers that run no modules (old compatibility modes): they have scripts, so they show no <noscript>. The form
// itself works; this shows its captcha, as a picture and as a sound. Plain words of 1999 on purpose.
(function () {
  var place = document.getElementById("plain-captcha");
  if (!place) return;
  var english = document.documentElement.lang === "en";
  var picture = document.createElement("img");
  picture.className = "picture";
  picture.src = "/login/captcha.png";
  picture.width = 160;
  picture.height = 60;
  picture.alt = english ? "Picture of 4 characters" : "验证码图片，4 个字符";
  var sound = document.createElement("a");
  sound.href = "/login/captcha.wav";
  sound.target = "_blank";
  sound.appendChild(document.createTextNode(english ? "Listen: 6 digits in Mandarin" : "听验证码（6 个数字）"));
  place.appendChild(picture);
  place.appendChild(document.createTextNode(" "));
  place.appendChild(sound);
})();
