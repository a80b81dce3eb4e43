/* QRGATE_CAPTCHA_FONT: the font file, found by server/CMakeLists.txt. */
    .section .rodata
    .balign 16
    .global qrgate_captcha_font_begin
    .global qrgate_captcha_font_end
qrgate_captcha_font_begin:
    .incbin QRGATE_CAPTCHA_FONT
qrgate_captcha_font_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
