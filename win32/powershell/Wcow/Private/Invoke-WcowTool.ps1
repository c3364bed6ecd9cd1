# SPDX-License-Identifier: MIT
<#
Runs wcow.exe once: the one place that does. What it writes comes out line by line, as it is written; its failures
become error records of the calling cmdlet, its warnings warnings.

Both directions are UTF-8, whatever the console's code page: the streams are pipes of this function, and the command
line is UTF-16.

Nothing here blocks for longer than a moment, since PowerShell stops a pipeline only between statements. When it does
(Ctrl-C, Stop-Job), the finally block ends what was started; there only .NET's methods may be called.
#>
function Invoke-WcowTool {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string[]] $Argument,
        [Parameter(Mandatory = $true)] [System.Management.Automation.PSCmdlet] $Cmdlet,
        $Target,            # what error records are about
        [string[]] $Text,   # lines for its standard input
        [string] $Identity, # a file in which wcow notes the container that it runs, to be stopped with it
        [switch] $Merge,    # standard error is a container's, and comes out as its output does
        [switch] $Program   # exit code and, once there is a container, standard error are those of its program
    )

    $tool = Find-WcowTool
    $process = Start-WcowProcess -Tool $tool -Argument (@('--errors', 'json') + $Argument) -Write:$PSBoundParameters.ContainsKey('Text')
    $stop = New-WcowStartInfo -Tool $tool -Argument 'stop', '--timeout', '5', ''
    $stop.Arguments = $stop.Arguments -replace '""$'
    $failures = 0
    $finished = $false
    # Until the container has an id, what is said is wcow's; what it had said before may be read only now.
    $preparing = [bool] $Identity
    try {
        $writing = if ($PSBoundParameters.ContainsKey('Text')) { Open-WcowInput -Process $process -Text $Text }
        $sources = @{ Out = $process.StandardOutput; Err = $process.StandardError }
        $reads = @{ Out = $sources.Out.ReadLineAsync(); Err = $sources.Err.ReadLineAsync() }
        $silent = 0
        while ($reads.Count) {
            # A program may answer before it has read all: so it is fed meanwhile.
            $writing = Step-WcowInput -Process $process -Writing $writing
            $pending = [System.Threading.Tasks.Task[]] @($reads.Values; if ($writing) { $writing.Task })
            if ([System.Threading.Tasks.Task]::WaitAny($pending, 100) -lt 0) {
                # A monitor that it has started may hold its standard error open: the end of that need not come. The
                # end of its output does, but each read keeps a thread of .NET's pool, which makes more than there are
                # processors only one after the other: beside other commands it may take a second or two to begin.
                $patience = if ($reads.ContainsKey('Out')) { 100 } else { 3 }
                if ($process.HasExited -and ($silent += 1) -ge $patience) {
                    break
                }
                continue
            }
            $silent = 0
            foreach ($stream in @($reads.Keys)) {
                while ($reads.ContainsKey($stream) -and $reads[$stream].IsCompleted) {
                    $line = $reads[$stream].Result
                    if ($null -eq $line) {
                        $reads.Remove($stream)
                    } else {
                        $reads[$stream] = $sources[$stream].ReadLineAsync()
                        if ($stream -eq 'Out' -or ($Merge -and -not (ConvertFrom-WcowDiagnostic -Line $line))) {
                            $line
                        } else {
                            if ($preparing -and $line -cnotmatch $script:Preparation -and [System.IO.File]::Exists($Identity)) {
                                $preparing = $false
                            }
                            $failures += Write-WcowDiagnostic -Line $line -Cmdlet $Cmdlet -Target $Target -Program:($Program -and -not $preparing)
                        }
                    }
                }
            }
        }
        while (-not $process.WaitForExit(100)) { }
        $script:ExitCode = $process.ExitCode
        $finished = $true
    } finally {
        if (-not $finished) {
            # A Ctrl-C of the console has reached wcow, too, which then ends by itself.
            if (-not $process.WaitForExit(1000)) {
                $process.Kill()
            }
            if ($Identity -and [System.IO.File]::Exists($Identity)) {
                $stop.Arguments += [System.IO.File]::ReadAllText($Identity)
                [System.Diagnostics.Process]::Start($stop).WaitForExit()
            }
        }
        $process.Dispose()
    }
    if ($script:ExitCode -and -not $failures -and -not $Program) {
        $said = [pscustomobject] @{
            error = "wcow $($Argument -join ' ') ended with $script:ExitCode"; status = 'failed'; hresult = ''; hint = ''; events = ''
        }
        $Cmdlet.WriteError((ConvertTo-WcowErrorRecord -Failure $said -Target $Target))
    }
}
