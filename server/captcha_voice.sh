#!/bin/sh
# The ten spoken digits of captchas: captcha_voice.sh FOLDER writes captcha_voice_0.ulaw to _9.ulaw there, raw mu-law,
# 8000 samples a second, silence cut off. espeak-ng speaks them; only its sound goes into the binary.
# Pinyin, because its Mandarin voice reads written-out digits (五) in English. 1 is yao1, as in every phone number:
# yi1 and qi1 (7) cannot be told apart on a small loudspeaker.
set -eu
folder=$1
digit=0
for word in ling2 yao1 er4 san1 si4 wu3 liu4 qi1 ba1 jiu3; do
    espeak-ng -v cmn-latn-pinyin -s 130 --stdout "$word" |
        sox -t wav --ignore-length - -t raw -r 8000 -c 1 -b 8 -e mu-law "$folder/captcha_voice_$digit.ulaw" \
            gain -3 silence 1 0.05 1% reverse silence 1 0.05 1% reverse
    digit=$((digit + 1))
done
