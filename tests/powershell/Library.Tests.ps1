# SPDX-License-Identifier: MIT
# wcow.dll, called from C# by P/Invoke as its users do it: a host, a container that runs, its log, an error. The zip of
# users, which a real host has, is without it.
BeforeAll {
    $script:folder = Split-Path $env:WCOW_EXE
    Add-Type -TypeDefinition @'
using System;
using System.Runtime.InteropServices;
using System.Text;

public static class Library
{
    [StructLayout(LayoutKind.Sequential)]
    public struct HostOptions
    {
        public UIntPtr Size;
        public IntPtr Root, Step, StepContext;
    }

    // wcow_error: texts are UTF-8, in the struct itself.
    [StructLayout(LayoutKind.Sequential)]
    public struct Error
    {
        public int Status, HResult;
        [MarshalAs(UnmanagedType.ByValArray, SizeConst = 1024)] public byte[] Message;
        [MarshalAs(UnmanagedType.ByValArray, SizeConst = 1024)] public byte[] Events;
        [MarshalAs(UnmanagedType.ByValArray, SizeConst = 512)] public byte[] Hint;
        public string Text { get { return Encoding.UTF8.GetString(Message, 0, Array.IndexOf(Message, (byte)0)); } }
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    [return: MarshalAs(UnmanagedType.I1)]
    public delegate bool LogFunction(IntPtr context, [MarshalAs(UnmanagedType.I1)] bool isError, IntPtr text, UIntPtr length);

    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern int wcow_host_open(ref HostOptions options, out IntPtr host, ref Error error);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern void wcow_host_free(IntPtr host);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern int wcow_host_info(IntPtr host, out IntPtr json, ref Error error);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern void wcow_free(IntPtr memory);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern int wcow_container_open(IntPtr host, [MarshalAs(UnmanagedType.LPUTF8Str)] string reference,
                                                 out IntPtr container, ref Error error);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern int wcow_container_start(IntPtr container, IntPtr attach, IntPtr outcome, ref Error error);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern int wcow_container_wait(IntPtr container, out uint exitCode, ref Error error);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern int wcow_container_logs(IntPtr container, IntPtr options, LogFunction each, IntPtr context,
                                                 ref Error error);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern int wcow_container_remove(IntPtr container, [MarshalAs(UnmanagedType.I1)] bool force,
                                                   ref Error error);
    [DllImport("wcow.dll", CallingConvention = CallingConvention.Cdecl)]
    public static extern void wcow_container_free(IntPtr container);

    static void Check(int status, ref Error error)
    {
        if (status != 0)
            throw new InvalidOperationException(error.Text);
    }

    static IntPtr Open()
    {
        var options = new HostOptions { Size = (UIntPtr)(ulong)Marshal.SizeOf(typeof(HostOptions)) };
        var error = new Error();
        IntPtr host;
        Check(wcow_host_open(ref options, out host, ref error), ref error);
        return host;
    }

    public static string Info()
    {
        var error = new Error();
        IntPtr host = Open(), json;
        Check(wcow_host_info(host, out json, ref error), ref error);
        string text = Marshal.PtrToStringUTF8(json);
        wcow_free(json);
        wcow_host_free(host);
        return text;
    }

    public static Error Missing(string name)
    {
        var error = new Error();
        IntPtr host = Open(), container;
        wcow_container_open(host, name, out container, ref error);
        wcow_host_free(host);
        return error;
    }

    // Starts the container, waits for its end, removes it; its exit code and what it wrote.
    public static string Run(string name)
    {
        var error = new Error();
        var log = new StringBuilder();
        IntPtr host = Open(), container;
        uint code;
        LogFunction each = (context, isError, text, length) => {
            log.Append(Marshal.PtrToStringUTF8(text, (int)length));
            return true;
        };
        Check(wcow_container_open(host, name, out container, ref error), ref error);
        Check(wcow_container_start(container, IntPtr.Zero, IntPtr.Zero, ref error), ref error);
        Check(wcow_container_wait(container, out code, ref error), ref error);
        Check(wcow_container_logs(container, IntPtr.Zero, each, IntPtr.Zero, ref error), ref error);
        Check(wcow_container_remove(container, false, ref error), ref error);
        wcow_container_free(container);
        wcow_host_free(host);
        return code + ": " + log;
    }
}
'@
    # By its whole path once; then the name alone is enough, as from a program that has it beside itself.
    [void][Runtime.InteropServices.NativeLibrary]::Load((Join-Path $folder 'wcow.dll'))
}

Describe 'wcow.dll' -Tag Simulated {
    It 'answers as wcow.exe does' {
        [Library]::Info() | ConvertFrom-Json | Select-Object -ExpandProperty ID |
            Should -Be (& $env:WCOW_EXE info --format '{{.ID}}')
    }
    It 'tells of failures whole' {
        $missing = [Library]::Missing('nobody-ä')
        $missing.Status | Should -Be 3
        $missing.Text | Should -BeLike "*nobody-ä*"
    }
    It 'starts containers by the wcow.exe beside it' {
        & $env:WCOW_EXE load -q -i (Join-Path $env:WCOW_TEST_IMAGES 'nanoserver.tar') | Out-Null
        & $env:WCOW_EXE create --name by-dll microsoft/nanoserver:latest cmd /c 'echo hello& exit 7' | Out-Null
        [Library]::Run('by-dll').Trim() | Should -Be '7: hello'
        & $env:WCOW_EXE ps -aq | Should -BeNullOrEmpty
    }
}
AfterAll { & $env:WCOW_EXE rmi -f microsoft/nanoserver:latest | Out-Null }
