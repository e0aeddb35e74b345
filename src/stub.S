/* stub.S - the program that becomes the container, as bytes: see src/init/main.c. */
	.section .rodata
	.globl stub_start, stub_end
	.balign 16
stub_start:
	.incbin "hull-init.stripped"
stub_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
