# SPDX-License-Identifier: MIT
function Invoke-WcowCommand {
    <#
    .SYNOPSIS
    Runs a command in running containers.
    .DESCRIPTION
    Runs a command in each container, as wcow exec does. Its output comes out line by line, or as objects with
    -AsObject, what it writes to standard error as error records; $LASTEXITCODE is its exit code.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER Command
    The command with its arguments; words that begin with - stand in quotes.
    .PARAMETER AsObject
    What it writes is JSON: an object comes out.
    .PARAMETER InputText
    Lines for its standard input.
    .PARAMETER Detach
    Does not wait for its end.
    .PARAMETER Environment
    Variables of its environment.
    .PARAMETER EnvironmentFile
    Files with such variables.
    .PARAMETER User
    Whom it runs as.
    .PARAMETER WorkingDirectory
    Where it starts.
    .EXAMPLE
    Invoke-WcowCommand web ipconfig /all
    .EXAMPLE
    Get-WcowContainer web* | Invoke-WcowCommand -Command hostname
    .EXAMPLE
    Invoke-WcowCommand web -AsObject -Command powershell, '-Command', 'Get-Process | ConvertTo-Json'
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container,
        [Parameter(Mandatory = $true, Position = 1, ValueFromRemainingArguments = $true)]
        [string[]] $Command,
        [switch] $AsObject,
        [string[]] $InputText,
        [switch] $Detach,
        [hashtable] $Environment,
        [string[]] $EnvironmentFile,
        [string] $User,
        [string] $WorkingDirectory
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Invoke-WcowCommand' -Bound $PSBoundParameters)
        $options = @{}
        if ($PSBoundParameters.ContainsKey('InputText')) {
            $options['Text'] = $InputText
            $argument += '--interactive'
        }
        foreach ($each in Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet) {
            $run = @{ Argument = $argument + $each + $Command; Cmdlet = $PSCmdlet; Target = $each; Program = $true }
            if ($AsObject) {
                $text = @(Invoke-WcowTool @run @options) -join "`n"
                if ($text.Trim()) {
                    # 5.1 gives an array as one object.
                    ConvertFrom-Json -InputObject $text | ForEach-Object { $_ }
                }
            } else {
                Invoke-WcowTool @run @options
            }
            $global:LASTEXITCODE = $script:ExitCode
        }
    }
}
