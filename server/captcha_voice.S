/* The spoken digits (captcha_voice.sh makes them, server/CMakeLists.txt says where), one after the other. */
    .section .rodata
    .balign 16
    .global qrgate_captcha_voice
    .global qrgate_captcha_voice_ends
qrgate_captcha_voice:
    .incbin "captcha_voice_0.ulaw"
end_0:
    .incbin "captcha_voice_1.ulaw"
end_1:
    .incbin "captcha_voice_2.ulaw"
end_2:
    .incbin "captcha_voice_3.ulaw"
end_3:
    .incbin "captcha_voice_4.ulaw"
end_4:
    .incbin "captcha_voice_5.ulaw"
end_5:
    .incbin "captcha_voice_6.ulaw"
end_6:
    .incbin "captcha_voice_7.ulaw"
end_7:
    .incbin "captcha_voice_8.ulaw"
end_8:
    .incbin "captcha_voice_9.ulaw"
end_9:
    .balign 4
/* Where each ends, counted from the first octet. */
qrgate_captcha_voice_ends:
    .long end_0 - qrgate_captcha_voice
    .long end_1 - qrgate_captcha_voice
    .long end_2 - qrgate_captcha_voice
    .long end_3 - qrgate_captcha_voice
    .long end_4 - qrgate_captcha_voice
    .long end_5 - qrgate_captcha_voice
    .long end_6 - qrgate_captcha_voice
    .long end_7 - qrgate_captcha_voice
    .long end_8 - qrgate_captcha_voice
    .long end_9 - qrgate_captcha_voice
    .section .note.GNU-stack,"",%progbits
