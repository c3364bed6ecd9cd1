/* SPDX-License-Identifier: MIT */
/*
 * The imports of DLLs that are loaded when they are first used; delay_load.c says why.
 *
 * A compiler calls a function of a DLL through the pointer __imp_NAME, or calls NAME itself if the
 * header does not say dllimport. Both are defined here, before the linker looks into the DLL's import
 * library. The pointer leads to delay_load at first, which replaces it.
 *
 * A function that is missing in these lists becomes a static import, which ci/check-exe refuses; one
 * that a DLL does not have does no harm until it is called.
 */
    .macro imports dll:req, functions:vararg
    .irp function, \functions
    .section .rdata,"dr"
.Lname_\function:
    .asciz "\function"

    .data
    .balign 8
    .globl __imp_\function
__imp_\function: /* struct delayed_import */
    .quad .Lfirst_\function, .Lname_\function, .Ldll_\dll

    .text
    .globl \function
\function:
    jmpq *__imp_\function(%rip)
.Lfirst_\function:
    leaq __imp_\function(%rip), %rax
    jmp first_call
    .endr
    .endm

    .section .rdata,"dr"
.Ldll_bcrypt:
    .asciz "bcrypt.dll"
.Ldll_crypt32:
    .asciz "crypt32.dll"
.Ldll_ws2_32:
    .asciz "ws2_32.dll"

/* Hashes of archives, and random numbers. */
    imports bcrypt, BCryptCloseAlgorithmProvider, BCryptCreateHash, BCryptDeriveKeyPBKDF2
    imports bcrypt, BCryptDestroyHash, BCryptDestroyKey, BCryptEncrypt, BCryptFinishHash
    imports bcrypt, BCryptGenRandom, BCryptGenerateSymmetricKey, BCryptGetProperty, BCryptHashData
    imports bcrypt, BCryptImportKey, BCryptOpenAlgorithmProvider, BCryptSetProperty

/* What libcurl uses of the certificate store. */
    imports crypt32, CertAddCertificateContextToStore, CertCloseStore
    imports crypt32, CertCreateCertificateChainEngine, CertEnumCertificatesInStore
    imports crypt32, CertFindCertificateInStore, CertFindExtension, CertFreeCertificateChain
    imports crypt32, CertFreeCertificateChainEngine, CertFreeCertificateContext
    imports crypt32, CertGetCertificateChain, CertGetNameStringW, CertOpenStore, CryptDecodeObjectEx
    imports crypt32, CryptQueryObject, CryptStringToBinaryW, PFXImportCertStore

/* What libcurl uses of Windows Sockets. */
    imports ws2_32, __WSAFDIsSet, WSACleanup, WSACloseEvent, WSACreateEvent, WSAEnumNetworkEvents
    imports ws2_32, WSAEventSelect, WSAGetLastError, WSAIoctl, WSAResetEvent, WSASetEvent
    imports ws2_32, WSASetLastError, WSAStartup, WSAWaitForMultipleEvents, accept, bind, closesocket
    imports ws2_32, connect, freeaddrinfo, getaddrinfo, gethostname, getpeername, getsockname
    imports ws2_32, getsockopt, htonl, htons, inet_ntop, inet_pton, ioctlsocket, listen, ntohs, recv
    imports ws2_32, select, send, setsockopt, socket

/* In rax: the import. The arguments are in registers, which delay_load may change: they are kept, above
 * the room that it may use for its own, and the call goes on as if nothing had been. */
    .text
    .seh_proc first_call
first_call:
    subq $0x88, %rsp
    .seh_stackalloc 0x88
    .seh_endprologue
    movq %rcx, 0x20(%rsp)
    movq %rdx, 0x28(%rsp)
    movq %r8, 0x30(%rsp)
    movq %r9, 0x38(%rsp)
    movaps %xmm0, 0x40(%rsp)
    movaps %xmm1, 0x50(%rsp)
    movaps %xmm2, 0x60(%rsp)
    movaps %xmm3, 0x70(%rsp)
    movq %rax, %rcx
    call delay_load
    movq 0x20(%rsp), %rcx
    movq 0x28(%rsp), %rdx
    movq 0x30(%rsp), %r8
    movq 0x38(%rsp), %r9
    movaps 0x40(%rsp), %xmm0
    movaps 0x50(%rsp), %xmm1
    movaps 0x60(%rsp), %xmm2
    movaps 0x70(%rsp), %xmm3
    addq $0x88, %rsp
    jmpq *%rax
    .seh_endproc
