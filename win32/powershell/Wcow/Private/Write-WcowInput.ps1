# SPDX-License-Identifier: MIT
# What wcow.exe reads from its standard input, written a task at a time beside the reads of its output: a program that
# answers before it has read all would wait for us, and we for it. Each state is {Task, Flushing}, or nothing: all is read.
function Open-WcowInput {
    param($Process, [string[]] $Text)

    $bytes = (New-Object System.Text.UTF8Encoding $false).GetBytes((@($Text) -join "`r`n") + "`r`n")
    @{ Task = $Process.StandardInput.BaseStream.WriteAsync($bytes, 0, $bytes.Length); Flushing = $false }
}

# The state after what is done by now.
function Step-WcowInput {
    param($Process, [System.Collections.IDictionary] $Writing)

    if (-not $Writing -or -not $Writing.Task.IsCompleted) {
        return $Writing
    }
    # What does not read to the end ends early: its exit code tells.
    if ($Writing.Task.IsFaulted) {
        Write-Debug $Writing.Task.Exception
    } elseif (-not $Writing.Flushing) {
        return @{ Task = $Process.StandardInput.BaseStream.FlushAsync(); Flushing = $true }
    }
    try { $Process.StandardInput.Close() } catch [System.IO.IOException] { Write-Debug $_ }
}
